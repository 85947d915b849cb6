/** Pronouns that stand for a person or a thing; after an article they are no pronouns any more (`a mine`). */
export const pronouns: readonly string[] = [
  ...['i', 'me', 'mine', 'my', 'myself', 'we', 'us', 'our', 'ours', 'ourselves'],
  ...['you', 'your', 'yours', 'yourself', 'yourselves', 'oneself', 'each other', 'one another'],
  ...['he', 'him', 'his', 'himself', 'she', 'her', 'hers', 'herself', 'it', 'its', 'itself'],
  ...['they', 'them', 'their', 'theirs', 'themselves', 'this', 'that', 'these', 'those'],
  ...['who', 'whom', 'whose', 'which', 'what', 'all', 'any', 'anybody', 'anyone', 'anything'],
  ...['each', 'everybody', 'everyone', 'everything', 'nobody', 'none', 'nothing', 'somebody', 'someone', 'something'],
]

/**
 * Phrases that stand for no region of an image: pronouns, determiners and words about pictures. The set that Florence-2's
 * released processor drops from phrase grounding, with `my`, `nothing`, words for places without an extent of their own,
 * and more words for the picture itself, which here fall alone only: a framed picture can be seen. In lower case.
 */
export const phraseBlacklist: readonly string[] = [
  ...pronouns,
  ...['one', 'another', 'few', 'many', 'several', 'some', 'the', 'a', 'an', 'other', 'others', 'rest'],
  ...['image', 'images', 'picture', 'pictures', 'photo', 'photos', 'photograph', 'photographs'],
  ...['a group', 'other objects', 'lots', 'a lot', 'a set', 'a bunch', 'a number'],
  ...[
    'top',
    'bottom',
    'front',
    'back',
    'end',
    'center',
    'centre',
    'edge',
    'left',
    'right',
    'inside',
    'outside',
    'place',
    'part',
    'way',
  ],
]

/**
 * Head nouns of what has no outline: directions, times, manners, doings and feelings, words about pictures. Our own list,
 * since no published one is known: chosen by reading the head nouns of people's captions on COCO photographs that no synonym
 * table knows, and completed by kind. What can be seen, however loosely bounded (sky, shadow, road, area, setting), is not
 * in it. In the singular and lower case.
 */
export const abstractNouns: readonly string[] = [
  ...[
    'background',
    'foreground',
    'side',
    'middle',
    'distance',
    'direction',
    'position',
    'view',
    'scene',
    'perspective',
  ],
  ...['scenery', 'surroundings', 'surrounding', 'environment', 'angle', 'focus', 'composition', 'sight'],
  ...['time', 'day', 'daytime', 'night', 'nighttime', 'morning', 'afternoon', 'evening', 'today', 'season', 'moment'],
  ...['summer', 'winter', 'autumn', 'hour', 'minute', 'week', 'month', 'year', 'century', 'past', 'future', 'age'],
  ...['kind', 'type', 'sort', 'style', 'manner', 'form', 'variety', 'example', 'amount'],
  ...['color', 'colour', 'size', 'height', 'length', 'width', 'depth', 'speed', 'weather', 'temperature', 'air'],
  ...['action', 'activity', 'motion', 'movement', 'act', 'attempt', 'process', 'preparation', 'progress', 'use'],
  ...['fun', 'love', 'joy', 'happiness', 'mood', 'feeling', 'emotion', 'atmosphere', 'ambiance', 'ambience', 'vibe'],
  ...['beauty', 'contrast', 'sense', 'impression', 'appearance', 'presence', 'attention', 'interest', 'care', 'life'],
  ...['idea', 'fact', 'reason', 'purpose', 'event', 'addition', 'variation', 'detail', 'touch'],
  ...['location', 'overview', 'dusk', 'dawn', 'effect', 'travel', 'trick', 'maneuver', 'turn', 'approach'],
  ...['visit', 'trip', 'vacation', 'break', 'look', 'job', 'history', 'silence', 'sound', 'noise', 'music'],
  ...['image', 'photo', 'photograph', 'photography', 'snapshot', 'footage', 'close-up', 'closeup', 'shot'],
]
