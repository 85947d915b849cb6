/** A rectangle in whole pixels of the drawn picture. */
export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/**
 * Where a label goes: above its box if there is room, else at another corner, always inside the picture; of the places
 * that are left, the one that hides least of the labels already placed.
 */
export function placeLabel(
  box: Rectangle,
  label: { width: number; height: number },
  { picture, taken }: { picture: { width: number; height: number }; taken: readonly Rectangle[] },
): Rectangle {
  const right = box.left + box.width - label.width
  const below = box.top + box.height
  const corners: [left: number, top: number][] = [
    [box.left, box.top - label.height],
    [right, box.top - label.height],
    [box.left, box.top],
    [right, box.top],
    [box.left, below],
    [right, below],
    [box.left, below - label.height],
    [right, below - label.height],
  ]
  const places = corners.map(([left, top]) => inside({ left, top, ...label }, picture))
  const costs = places.map((place) =>
    taken.reduce((sum, other) => sum + sharedArea(place, other), 0.3 * sharedArea(place, box)),
  )
  const best = costs.indexOf(Math.min(...costs))
  return places[best] ?? inside({ left: box.left, top: box.top, ...label }, picture)
}

function inside(place: Rectangle, picture: { width: number; height: number }): Rectangle {
  const left = Math.max(0, Math.min(Math.round(place.left), picture.width - place.width))
  const top = Math.max(0, Math.min(Math.round(place.top), picture.height - place.height))
  return { ...place, left, top }
}

function sharedArea(one: Rectangle, other: Rectangle): number {
  const width = Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left)
  const height = Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top)
  return Math.max(0, width) * Math.max(0, height)
}
