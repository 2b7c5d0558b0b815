"""The style sheet of HTML reports: light and dark, wide and narrow, nothing loaded.

How it is used: `<style>{STYLE}</style>`; class names of charts are those of `svg_charts.py`. What it
leaves out: print.
"""

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5c6878; --line: #dfe4ea; --paper: #fff;
  --card: #f6f8fa; --ours: #2457d6; --other: #8a96a6; --mark: #e07b00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #9aa6b5; --line: #303945;
  --paper: #12171d; --card: #1a2129; --ours: #7ba2ff; --other: #77828f; --mark: #ffab40; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1000px; padding: 32px 20px 64px; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif }
h1 { margin: 0; font-size: 28px } h2 { margin: 0 0 12px; font-size: 20px }
h3 { margin: 24px 0 8px; font-size: 16px }
header p, p, li { color: var(--soft); margin: 4px 0 12px } header b, li b { color: var(--ink) }
section { margin-top: 36px }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 12px;
  margin-top: 24px }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 12px 14px; display: flex; flex-direction: column }
.tiles span { color: var(--soft); font-size: 13px } .tiles b { font-size: 25px; font-weight: 650 }
small { color: var(--soft); font-size: 12px; font-weight: 400 }
.remark { border-left: 3px solid var(--mark); padding: 2px 12px; margin-top: 20px }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin-top: 8px }
th, td { padding: 6px 10px; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top }
th { color: var(--soft); font-weight: 600; font-size: 13px }
th:first-child, td:first-child { text-align: left }
td small { display: block; white-space: nowrap } .sure { font-weight: 700 }
.beside { display: flex; flex-wrap: wrap; gap: 24px; align-items: flex-start }
.beside svg { flex: 1 1 380px } .beside .wide { flex: 1 1 300px }
summary { cursor: pointer; color: var(--soft); margin-top: 8px }
svg { display: block; width: 100%; height: auto; margin: 4px 0 14px }
svg text { font: 12px system-ui, "Segoe UI", Arial, sans-serif; fill: var(--soft) }
svg text.name { fill: var(--ink); font-size: 13px }
.grid { stroke: var(--line) } .axis { stroke: var(--other) }
.even { stroke: var(--other); stroke-dasharray: 5 5 }
.gap { stroke: var(--mark); stroke-width: 2; opacity: .7 }
rect.ours, circle.ours { fill: var(--ours) } rect.mark { fill: var(--mark) }
circle.other { fill: var(--other) } .dot { fill-opacity: .75 }
line.whisker { stroke-width: 3; stroke-linecap: round; opacity: .55 }
line.whisker.ours { stroke: var(--ours) } line.whisker.other { stroke: var(--other) }
line.mark { stroke: var(--mark); stroke-width: 3 }
"""
