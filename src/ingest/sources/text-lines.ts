/** A line of a text file, counted from 1, without its end. */
export interface TextLine {
  readonly line: number
  readonly text: string
}

/** The lines of a UTF-8 text that arrives in chunks; a byte order mark is left out, `\n` and `\r\n` end a line. */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TextLine, void, undefined> {
  const decoder = new TextDecoder('utf-8')
  let line = 0
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const text of lines) yield { line: ++line, text: text.replace(/\r$/, '') }
  }
  rest += decoder.decode()
  if (rest !== '') yield { line: ++line, text: rest.replace(/\r$/, '') }
}
