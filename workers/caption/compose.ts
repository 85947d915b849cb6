import type { AgreedRegion } from '../../schemas/annotation.js'
import { type CaptionText, enumerate, type Piece, renderCaption, type Sentence } from './caption-text.js'
import { isForeground, placeOf, type Relation, relationOf } from './layout.js'
import { countedPhrase, numberWord, partPhrase } from './noun-phrase.js'
import type { CaptionOptions } from './options.js'
import type { Scene, SceneGroup, SceneObject } from './scene.js'

/** One sentence: the two or three most prominent things, or what the text says, or the look of the whole; null if nothing is clear. */
export function briefCaption(scene: Scene, options: CaptionOptions): CaptionText | null {
  const sentence = briefSentence(scene, options)
  return sentence === null ? null : renderCaption([sentence])
}

/** Two or three sentences: what there is, where the largest things are, and one relation or text. */
export function detailedCaption(scene: Scene, options: CaptionOptions): CaptionText | null {
  if (scene.groups.length + scene.texts.length === 0) return null
  const said = clustersOf(scene).slice(0, 2)
  const texts = textSentences(scene, { ...options, quoted_texts: Math.min(3, options.quoted_texts) })
  const last = texts.length > 0 ? texts : relationSentences(scene, said, 1)
  return renderCaption([...overview(scene, 6), ...descriptions(scene, said), ...last])
}

/** A paragraph: every group of objects, where the largest are, relations, all texts, the look of the whole. */
export function moreDetailedCaption(scene: Scene, options: CaptionOptions): CaptionText | null {
  if (scene.groups.length + scene.texts.length === 0) return null
  const said = clustersOf(scene).slice(0, options.described_places)
  return renderCaption([
    ...overview(scene, Number.POSITIVE_INFINITY),
    ...descriptions(scene, said),
    ...relationSentences(scene, said, 3),
    ...textSentences(scene, options),
    ...lookSentences(scene),
  ])
}

function briefSentence(scene: Scene, options: CaptionOptions): Sentence | null {
  const [first, second] = scene.groups
  if (first === undefined) return briefTextSentence(scene, options) ?? briefLookSentence(scene)
  const only = scene.groups.length === 1 && first.objects.length === 1 ? first.objects[0] : undefined
  if (only !== undefined) return [introduce(first), ' ', whereIs(only, scene)]
  if (second !== undefined && scene.groups.length === 2) {
    const related = relationBetween(first, second)
    if (related !== null) return [introduce(related.subject), ` ${related.relation} `, introduce(related.object)]
  }
  return enumerate(countGroups(scene.groups, 3))
}

function briefTextSentence(scene: Scene, options: CaptionOptions): Sentence | null {
  const [first, ...rest] = scene.texts
  if (first === undefined) return null
  const more: Piece[] = rest.length === 0 ? [] : [' and ', { text: 'more text', region_ids: rest.map(idOf) }]
  return ['an image with ', { text: `the text ${quoted(first, options)}`, region_ids: [first.region_id] }, ...more]
}

function briefLookSentence({ light, mainColour }: Scene): Sentence | null {
  if (light === null && mainColour === null) return null
  const colour = mainColour === null ? '' : `${light === null ? '' : ', '}mostly ${mainColour}`
  return [`a ${light ?? ''}${colour} image`]
}

/** "The image shows two dogs and a person." */
function overview(scene: Scene, limit: number): Sentence[] {
  if (scene.groups.length === 0) return []
  return [['the image shows ', ...enumerate(countGroups(scene.groups, limit))]]
}

/** A phrase for each group; groups beyond the limit are counted together as "other objects". */
function countGroups(groups: readonly SceneGroup[], limit: number): Piece[] {
  const phrases = groups.slice(0, limit).map(
    (group): Piece => ({
      text: countedPhrase(group.noun, group.objects.length),
      region_ids: group.objects.map(({ region }) => region.region_id),
    }),
  )
  const rest = groups.slice(limit).flatMap((group) => group.objects)
  if (rest.length === 0) return phrases
  const text = rest.length === 1 ? 'another object' : `${numberWord(rest.length)} other objects`
  return [...phrases, { text, region_ids: rest.map(({ region }) => region.region_id) }]
}

/** Objects of one noun in one place of the image, which can be described together. */
interface Cluster {
  readonly noun: string
  readonly place: string
  readonly objects: SceneObject[]
}

/** All objects, by noun and place; the cluster with the largest object first. */
function clustersOf(scene: Scene): Cluster[] {
  const clusters = new Map<string, Cluster>()
  for (const object of objectsOf(scene)) {
    const place = whereIs(object, scene)
    const key = `${object.noun}|${place}`
    const cluster = clusters.get(key)
    if (cluster === undefined) clusters.set(key, { noun: object.noun, place, objects: [object] })
    else cluster.objects.push(object)
  }
  return [...clusters.values()]
}

/** Where things are, two places to a sentence: "The brown dog is in the center of the image, and both cups are on the left." */
function descriptions(scene: Scene, clusters: readonly Cluster[]): Sentence[] {
  const clauses = clusters.map((cluster): Piece[] => {
    const { piece, verb } = refer(scene, cluster.objects, sharedAdjectives(cluster.objects))
    return [piece, ` ${verb} ${cluster.place}`]
  })
  const sentences: Sentence[] = []
  for (let index = 0; index < clauses.length; index += 2) {
    const [one = [], other] = clauses.slice(index, index + 2)
    const opening = index === 0 ? [...one, ' of the image'] : one
    sentences.push(other === undefined ? opening : [...opening, ', and ', ...other])
  }
  return sentences
}

/** "Two of the cups are on the dining table.": at most `limit`, no object the subject of two. */
function relationSentences(scene: Scene, clusters: readonly Cluster[], limit: number): Sentence[] {
  const objects = clusters.flatMap((cluster) => cluster.objects)
  const related = new Map<string, { subjects: SceneObject[]; relation: Relation; object: SceneObject }>()
  const spoken = new Set<SceneObject>()
  for (const [index, one] of objects.entries()) {
    for (const other of objects.slice(index + 1)) {
      const found = one.noun === other.noun ? null : relationAmong(one, other)
      if (found === null || spoken.has(found.subject)) continue
      spoken.add(found.subject)
      const key = [found.subject.noun, found.relation, found.object.region.region_id].join('|')
      const same = related.get(key)
      if (same === undefined) related.set(key, { ...found, subjects: [found.subject] })
      else same.subjects.push(found.subject)
    }
  }
  return [...related.values()].slice(0, limit).map(({ subjects, relation, object }) => {
    const { piece, verb } = refer(scene, subjects)
    return [piece, ` ${verb} ${relation} `, refer(scene, [object]).piece]
  })
}

function relationAmong(one: SceneObject, other: SceneObject) {
  const relation = relationOf(one, other)
  if (relation !== null) return { subject: one, relation, object: other }
  const inverse = relationOf(other, one)
  return inverse === null ? null : { subject: other, relation: inverse, object: one }
}

/** The relation of two groups of one object each. */
function relationBetween(
  one: SceneGroup,
  other: SceneGroup,
): { subject: SceneGroup; relation: Relation; object: SceneGroup } | null {
  const [a, b] = [one.objects[0], other.objects[0]]
  if (a === undefined || b === undefined || one.objects.length + other.objects.length > 2) return null
  const related = relationAmong(a, b)
  if (related === null) return null
  const [subject, object] = related.subject === a ? [one, other] : [other, one]
  return { subject, relation: related.relation, object }
}

/** One text with its place, or several as a list; what is beyond the limit is linked as "more text". */
function textSentences(scene: Scene, options: CaptionOptions): Sentence[] {
  const [first, ...others] = scene.texts
  if (first === undefined) return []
  if (others.length === 0) {
    const phrase = { text: `the text ${quoted(first, options)}`, region_ids: [first.region_id] }
    return [[phrase, ` is ${placeOf(first.box, scene)}`]]
  }
  const read = scene.texts.slice(0, options.quoted_texts)
  const rest = scene.texts.slice(options.quoted_texts)
  const list = enumerate(read.map((text) => ({ text: quoted(text, options), region_ids: [text.region_id] })))
  const more: Piece[] = rest.length === 0 ? [] : [', and there is ', { text: 'more text', region_ids: rest.map(idOf) }]
  return [['the text reads ', ...list, ...more]]
}

function lookSentences({ light, mainColour }: Scene): Sentence[] {
  if (light !== null && mainColour !== null) return [[`the image is ${light} and mostly ${mainColour}`]]
  if (light !== null) return [[`the image is ${light}`]]
  return mainColour === null ? [] : [[`the image is mostly ${mainColour}`]]
}

/** A group that is one object: "a large brown dog". */
function introduce(group: SceneGroup): Piece {
  return {
    text: countedPhrase(group.noun, group.objects.length, group.objects[0]?.adjectives ?? []),
    region_ids: group.objects.map(({ region }) => region.region_id),
  }
}

/** Objects of one noun, already introduced: "the dog", "two of the dogs". */
function refer(scene: Scene, objects: readonly SceneObject[], adjectives: readonly string[] = []) {
  const noun = objects[0]?.noun ?? ''
  const total = scene.groups.find((group) => group.noun === noun)?.objects.length ?? objects.length
  const { text, plural } = partPhrase(noun, { count: objects.length, total, adjectives })
  return {
    piece: { text, region_ids: objects.map(({ region }) => region.region_id) },
    verb: plural ? 'are' : 'is',
  }
}

/** Adjectives that hold for every one of these. */
function sharedAdjectives([first, ...others]: readonly SceneObject[]): string[] {
  return (first?.adjectives ?? []).filter((word) => others.every((object) => object.adjectives.includes(word)))
}

function whereIs(object: SceneObject, scene: Scene): string {
  return isForeground(object, scene) ? 'in the foreground' : placeOf(object.region.box, scene)
}

/** All objects, largest first. */
function objectsOf(scene: Scene): SceneObject[] {
  return scene.groups.flatMap((group) => group.objects).sort((one, other) => other.area - one.area)
}

/** What was read, in straight quotes, on one line; cut at a word where it is very long. */
function quoted(text: AgreedRegion, { quote_length }: CaptionOptions): string {
  const line = text.label.replace(/\s+/g, ' ').trim().replaceAll('"', "'")
  if (line.length <= quote_length) return `"${line}"`
  // Never half a character: that could not be stored.
  const cut = line.slice(0, quote_length).replace(/\p{Surrogate}$/u, '')
  const space = cut.lastIndexOf(' ')
  return `"${space > 0 ? cut.slice(0, space) : cut}..."`
}

function idOf(region: AgreedRegion): string {
  return region.region_id
}
