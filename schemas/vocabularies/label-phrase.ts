/** A canonical label as a person would say it: without the bracket that tells a homonym, as in `mouse (animal)`. */
export function labelPhrase(label: string): string {
  const bare = label.replace(/\s*\([^()]*\)$/, '').trim()
  return bare === '' ? label : bare
}
