export { describe } from './describe.js'
export { detail } from './detail.js'
