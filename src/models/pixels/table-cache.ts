/**
 * Keeps computed tables by key: photographs come in a few sizes and models want a few more. At `limit` tables all are
 * dropped, so that images of ever new sizes do not fill the memory.
 */
export class TableCache<Table> {
  private readonly tables = new Map<string, Table>()

  constructor(private readonly limit: number) {}

  get(key: string, make: () => Table): Table {
    const known = this.tables.get(key)
    if (known !== undefined) return known
    if (this.tables.size >= this.limit) this.tables.clear()
    const made = make()
    this.tables.set(key, made)
    return made
  }
}
