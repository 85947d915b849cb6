/**
 * Words of alternative texts that describe no image: names for pictures, what buttons say, what is written where nobody
 * wrote anything, and the small words between them. Compared one by one in lower case, so that a text falls only where it
 * has no other word: "red logo" stays. Nouns of things that stand in photographs (sign, shop, home, menu) are not among
 * them: alone, without a word about them, they fall by their complexity.
 */
export const textBoilerplate: readonly string[] = [
  ...['image', 'images', 'img', 'picture', 'pictures', 'pic', 'pics', 'photo', 'photos', 'photograph', 'photographs'],
  ...['photography', 'screenshot', 'shot', 'capture', 'snapshot', 'thumbnail', 'thumb', 'preview', 'icon', 'logo'],
  ...['header', 'footer', 'avatar', 'placeholder', 'spacer', 'blank', 'empty', 'default', 'untitled', 'unnamed'],
  ...['unknown', 'null', 'undefined', 'none', 'n', 'na', 'test', 'sample', 'example', 'title', 'alt', 'text'],
  ...['caption', 'description', 'name', 'click', 'tap', 'buy', 'subscribe', 'share', 'tweet', 'follow', 'like'],
  ...['download', 'upload', 'view', 'read', 'see', 'learn', 'find', 'show', 'open', 'close', 'zoom', 'enlarge'],
  ...['login', 'log', 'register', 'search', 'homepage', 'site', 'website', 'link', 'back', 'next', 'previous', 'more'],
  ...[
    'less',
    'details',
    'info',
    'information',
    'news',
    'blog',
    'article',
    'comment',
    'comments',
    'copyright',
    'rights',
  ],
  ...['reserved', 'source', 'credit', 'credits', 'courtesy', 'stock', 'sale', 'price', 'free', 'now', 'today', 'here'],
  ...['new', 'available', 'unavailable', 'found', 'loading', 'loaded', 'full', 'size', 'large', 'small', 'medium'],
  ...['original', 'high', 'low', 'resolution', 'res', 'hd', 'version', 'jpg', 'jpeg', 'png', 'gif', 'webp'],
  ...['product', 'products', 'item', 'items', 'deal', 'deals', 'offer', 'offers', 'best', 'top', 'welcome', 'about'],
  ...['related', 'results', 'review', 'reviews', 'shipping', 'delivery', 'off', 'page', 'pages'],
  ...['facebook', 'twitter', 'instagram', 'pinterest', 'youtube', 'google', 'shutterstock', 'getty'],
  ...['a', 'an', 'the', 'this', 'that', 'it', 'is', 'are', 'be', 'was', 'has', 'have', 'not', 'no', 'yes', 'and', 'or'],
  ...['of', 'on', 'in', 'at', 'to', 'for', 'by', 'from', 'with', 'via', 'your', 'our', 'my', 'us', 'we', 'you', 'i'],
  ...['royalty', 'id', 'sku', 'licence', 'license', 'licensed', 'editorial', 'vector', 'vectors', 'clipart'],
  ...['illustration', 'illustrations', 'alamy', 'istock', 'istockphoto', 'dreamstime', 'depositphotos', 'adobe'],
  ...['unsplash', 'pexels', 'pixabay', 'flickr', 'gettyimages', 'there'],
  ...['all', 'can', 'up', 'out', 'over', 'as', 'am', 'pm'],
]
