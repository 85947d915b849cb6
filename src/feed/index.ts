export { type FeedServer, serveFeed } from './feed-server.js'
export { openFeed } from './open-feed.js'
export { pythonClient } from './python-client.js'
