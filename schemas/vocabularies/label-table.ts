import { type LabelRow, parseLabelRows } from './label-row.js'
import { animalsRows } from './rows/animals.js'
import { clothingRows } from './rows/clothing.js'
import { electronicsRows } from './rows/electronics.js'
import { foodRows } from './rows/food.js'
import { homeRows } from './rows/home.js'
import { kitchenRows } from './rows/kitchen.js'
import { outdoorsRows } from './rows/outdoors.js'
import { peopleRows } from './rows/people.js'
import { sportsRows } from './rows/sports.js'
import { toolsRows } from './rows/tools.js'
import { vehiclesRows } from './rows/vehicles.js'

/** Raise it with every change of a row: the version is recorded with a decision that used the table. */
export const labelTableVersion = 'labels-3'

/**
 * The table that lets annotators with different vocabularies, and texts, speak of the same things: every class of COCO,
 * Pascal VOC, Objects365, Open Images and LVIS has a row, and everyday names of them lead there.
 *
 * - A class of COCO is called as COCO calls it, others by their commonest name.
 * - Only names that stand for the same objects are synonyms. Anything narrower has a row of its own below.
 * - Whether one thing is below another is decided by how COCO's annotators drew the wider class: mugs are cups, monitors
 *   are tvs, pickups are trucks. No class of COCO is above another.
 * - Open Images' hierarchy (`bbox_labels_600_hierarchy.json`) holds, apart from eight of its lines: a teddy bear is no bear, a
 *   studio couch no bed, a frog no reptile, a snowplow and a container no tools, a box and a poster no office supplies,
 *   and vans, which COCO has half among trucks, are no cars.
 * - LVIS's published synonyms are taken over, but for some that mean other things in everyday English (lounge, post, roll).
 * - A class that joins two things (`Cabinet/shelf`) is a row above both.
 */
export const labelTable: readonly LabelRow[] = [
  peopleRows,
  animalsRows,
  vehiclesRows,
  outdoorsRows,
  foodRows,
  kitchenRows,
  homeRows,
  clothingRows,
  electronicsRows,
  sportsRows,
  toolsRows,
].flatMap(parseLabelRows)
