import type { ShardAnnotations } from '../../schemas/annotation.js'

/** Rows by what they have in common, in their order. */
export function groupRows<Row>(rows: Iterable<Row>, groupOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(groupOf(row))
    if (group === undefined) groups.set(groupOf(row), [row])
    else group.push(row)
  }
  return groups
}

/** The rows of a shard by image: of those that have any. */
export function rowsByImage(shard: ShardAnnotations): Map<string, ShardAnnotations> {
  const images = new Map<string, ShardAnnotations>()
  const tables = {
    text: groupRows(shard.text, ({ image_id }) => image_id),
    region_text: groupRows(shard.region_text, ({ image_id }) => image_id),
    phrase_region: groupRows(shard.phrase_region, ({ image_id }) => image_id),
    rejects: groupRows(shard.rejects, ({ image_id }) => image_id),
  }
  for (const image of new Set(Object.values(tables).flatMap((table) => [...table.keys()]))) {
    images.set(image, {
      text: tables.text.get(image) ?? [],
      region_text: tables.region_text.get(image) ?? [],
      phrase_region: tables.phrase_region.get(image) ?? [],
      rejects: tables.rejects.get(image) ?? [],
    })
  }
  return images
}
