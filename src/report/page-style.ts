/** The style of a report's page: readable on a phone, light and dark as the reader's system has it, nothing fetched. */
export const pageStyle = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2430; --dim: #5b6675; --line: #d8dee6; --band: #f4f6f9;
  --one: #2563c9; --two: #d0761b; --mark: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161c; --ink: #e4e8ee; --dim: #98a3b3; --line: #2f3843; --band: #1a2029;
    --one: #6ea3f5; --two: #eda352; --mark: #f28b82; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0.5rem 0 1rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 0.6rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 0.4rem; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.5rem 1.5rem; margin: 0; }
dt { color: var(--dim); font-size: 0.8rem; } dd { margin: 0; }
nav { margin: 1.2rem 0; font-size: 0.9rem; display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; }
a { color: var(--one); }
.note { color: var(--dim); font-size: 0.85rem; margin: 0.2rem 0; }
.wide { overflow-x: auto; width: fit-content; max-width: 100%; margin: 0.5rem 0; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; overflow-wrap: normal; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.7rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child > * { border-bottom: 0; }
thead th { background: var(--band); color: var(--dim); font-weight: 600; }
tbody th { font-weight: 500; text-align: left; position: sticky; left: 0; background: var(--paper); }
.words { text-align: left; } td.words { white-space: normal; min-width: 7rem; max-width: 32rem; }
thead th:first-child { text-align: left; position: sticky; left: 0; }
small { color: var(--dim); display: block; font-size: 0.78rem; }
.plots { display: grid; margin-top: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; } figcaption { font-weight: 500; font-size: 0.9rem; margin-bottom: 0.2rem; }
svg { width: 100%; max-width: 34rem; height: auto; display: block; }
figure.square svg { max-width: 20rem; }
svg text { fill: var(--dim); font: 12px system-ui, sans-serif; }
.axis { fill: none; stroke: var(--line); } .mark { fill: none; stroke: var(--mark); stroke-dasharray: 4 3; }
.series-0 { fill: var(--one); fill-opacity: 0.3; stroke: var(--one); stroke-width: 1.5; }
.series-1 { fill: var(--two); fill-opacity: 0.3; stroke: var(--two); stroke-width: 1.5; }
.heat { fill: var(--one); }
`
