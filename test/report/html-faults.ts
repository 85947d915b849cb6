const voidElements = new Set(['meta', 'br', 'hr', 'img', 'link', 'input'])

/** What is wrong with a page as markup: tags that do not match, attributes without quotes, signs that should be entities. */
export function htmlFaults(html: string): string[] {
  const faults: string[] = []
  const open: string[] = []
  const body = html.replace(/^<!doctype html>/, '').replace(/<style>[^<]*<\/style>/g, '')
  for (const [tag, text, closing, name = '', attributes = '', selfClosed] of body.matchAll(
    /([^<]+)|<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z:-]+="[^"<]*")*)\s*(\/?)>|</g,
  )) {
    if (text !== undefined) {
      if (/>|&(?!(amp|lt|gt|quot|#39);)/.test(text)) faults.push(`a bare sign in ${text.trim().slice(0, 40)}`)
    } else if (name === '') faults.push(`a tag that is none at ${tag}`)
    else if (closing === '/') {
      const expected = open.pop()
      if (expected !== name) faults.push(`</${name}> where </${expected}> was due`)
    } else if (/&(?!(amp|lt|gt|quot|#39);)/.test(attributes)) faults.push(`a bare sign in the attributes of ${name}`)
    else if (selfClosed !== '/' && !voidElements.has(name)) open.push(name)
  }
  return [...faults, ...open.map((name) => `<${name}> is not closed`)]
}
