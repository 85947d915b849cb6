import { abstractNouns as regionlessNouns } from '../../../../schemas/phrase-blacklist.js'

/**
 * Kinds of nouns, each by its singular: closed lists of everyday English that hold for any caption.
 *
 * Before `of`, these measure or picture what follows: in `a group of people`, `a bunch of bananas` they are no thing.
 */
export const measureNouns: ReadonlySet<string> = new Set([
  ...['amount', 'array', 'arrangement', 'assortment', 'batch', 'bed', 'bit', 'body', 'bunch', 'bundle', 'chunk'],
  ...['cluster', 'collection', 'couple', 'crowd', 'dozen', 'fleet', 'flight', 'flock', 'gaggle', 'gang', 'group'],
  ...['half', 'handful', 'heap', 'herd', 'huddle', 'hundred', 'hunk', 'kind', 'layer', 'line', 'litter'],
  ...['load', 'loaf', 'lot', 'majority', 'mass', 'mix', 'mixture', 'mound', 'multitude', 'number', 'pack', 'pair'],
  ...['part', 'parade', 'patch', 'piece', 'pile', 'plenty', 'portion', 'quarter', 'range', 'rest', 'row', 'scattering'],
  ...['school', 'section', 'selection', 'series', 'serving', 'set', 'sheet', 'slice', 'sort', 'sprig', 'stack'],
  ...['stalk', 'string', 'strip', 'style', 'swarm', 'team', 'third', 'thousand', 'trio', 'type', 'variety'],
  ...['wedge', 'ton', 'duo', 'pod', 'host', 'band', 'round'],
])

/** These do so only before a bare noun: `heads of lettuce`, `a family of ducks`, but not `the head of a giraffe`. */
export const bareMeasureNouns: ReadonlySet<string> = new Set(['blade', 'ear', 'family', 'hand', 'head', 'stick'])

/** Before `of` at the start of a text, these speak of the picture itself: `a close-up of a cat`. */
export const pictureNouns: ReadonlySet<string> = new Set([
  ...[
    'close-up',
    'closeup',
    'depiction',
    'image',
    'photo',
    'photograph',
    'pic',
    'picture',
    'portrait',
    'scene',
    'shot',
  ],
  ...['snapshot', 'overview', 'view'],
])

/** Places in or around another thing, or in the picture: `the side of a truck`, `in the background`. */
export const relationalNouns: ReadonlySet<string> = new Set([
  ...['back', 'background', 'base', 'bottom', 'center', 'centre', 'corner', 'distance', 'edge', 'end', 'foreground'],
  ...['front', 'inside', 'left', 'middle', 'midst', 'outside', 'rear', 'right', 'side', 'tip', 'top', 'vicinity'],
])

/**
 * What no box can be drawn around in a caption, beside the nouns that stand for no region anywhere: doings, states, manners, and
 * nouns whose outline is that of something else (`piece`, `shape`, `thing`).
 */
const abstractInCaptions: readonly string[] = [
  ...['anticipation', 'balance', 'case', 'celebration', 'chance', 'characteristic', 'choice', 'circumstance'],
  ...['close', 'command', 'comparison', 'competition', 'condition', 'control', 'conversation', 'course'],
  ...['danger', 'dark', 'darkness', 'daylight', 'delight', 'demonstration', 'design', 'difference'],
  ...['discussion', 'effort', 'exercise', 'experience', 'fall', 'fashion', 'feature', 'flight', 'formation'],
  ...['game', 'help', 'indoors', 'journey', 'jump', 'lot', 'name', 'nap', 'need', 'noon', 'number', 'order'],
  ...['other', 'outdoors', 'pair', 'part', 'peace', 'performance', 'period', 'piece', 'pitch', 'place', 'play'],
  ...['point', 'pose', 'practice', 'race', 'rest', 'ride', 'row', 'second', 'series', 'serve', 'set', 'shade'],
  ...['shape', 'show', 'sleep', 'something', 'space', 'spot', 'state', 'stuff', 'theme', 'thing', 'tour'],
  ...['tournament', 'version', 'visibility', 'walk', 'way', 'weekend', 'weight', 'work'],
]

/** Pictures that none can hang on a wall. */
const outlooks: ReadonlySet<string> = new Set(['overview', 'scene', 'view'])

/** What no box can be drawn around: times, acts, events, manners, qualities. A picture (`photo`) is judged by its place. */
export const abstractNouns: ReadonlySet<string> = new Set([
  ...regionlessNouns.filter((noun) => !pictureNouns.has(noun) || outlooks.has(noun)),
  ...abstractInCaptions,
])

/**
 * Doings, times and sayings that are things as well: bare, behind a preposition of time or a verb of playing they are none
 * (`in the spring`, `watching a match`); else they are (`a match on a table`, `a word on a sign`).
 */
export const twoFacedNouns: ReadonlySet<string> = new Set(['match', 'spring', 'word'])

/** Games and doings named like a thing: bare (`playing baseball`), they are the game; `a baseball` is the ball. */
export const gameNouns: ReadonlySet<string> = new Set([
  ...['badminton', 'baseball', 'basketball', 'bowling', 'cricket', 'fishing', 'football', 'golf', 'hockey', 'lacrosse'],
  ...['polo', 'rugby', 'skating', 'skiing', 'snowboarding', 'soccer', 'softball', 'surfing', 'swimming', 'tennis'],
  ...['volleyball', 'lunch', 'dinner', 'breakfast', 'supper', 'business', 'shopping', 'yoga'],
])

/** Colours; `an orange` is a fruit all the same. */
export const colourNouns: ReadonlySet<string> = new Set([
  ...['beige', 'black', 'blue', 'brown', 'gray', 'green', 'grey', 'maroon', 'navy', 'orange', 'pink', 'purple'],
  ...['red', 'silver', 'tan', 'teal', 'turquoise', 'violet', 'white', 'yellow'],
])

/** Animals that are also dishes: bare and in the singular (`rice with chicken`), they are the dish. */
export const meatNouns: ReadonlySet<string> = new Set([
  ...['chicken', 'duck', 'fish', 'goose', 'lamb', 'lobster', 'rabbit', 'salmon', 'shrimp', 'turkey', 'crab'],
])
