const markup: readonly RegExp[] = [
  // Tags, closed or cut off: `<b>`, `</p>`, `<br/>`, `<img src=...`, and tokens as `<loc_12>`.
  /<\/?[a-z][a-z0-9_-]*(?:\s+[a-z-]+\s*=[^>]*>?|\s*\/?>)/i,
  // Entities of HTML, whose text was escaped once too often: `&lt;`, `&#39;`, `&nbsp;`.
  /&(?:[a-z][a-z0-9]{1,30}|#\d{1,7}|#x[0-9a-f]{1,6});/i,
  // Places of templates that nobody filled in: `{{ product.title }}`, `${name}`, `<%= alt %>`.
  /\{\{[^{}]*\}\}|\$\{[^{}]*\}|<%[^%]*%>/,
]

/** The first piece of a page's source that stands in a text; null where it is words alone. */
export function markupIn(text: string): string | null {
  for (const pattern of markup) {
    const found = pattern.exec(text)
    if (found !== null) return found[0]
  }
  return null
}
