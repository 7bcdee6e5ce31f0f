// Cutting a text at the spans of its entities. The server counts Unicode code points, JavaScript counts UTF-16 units: an
// emoji is one of the former and two of the latter.

/**
 * Cut a text into pieces, each plain or one entity; overlapping and impossible spans are passed over.
 * @param {string} text
 * @param {{kind: string, value: string, start: number, end: number}[]} entities offsets in code points
 * @returns {{text: string, entity: object|null}[]}
 */
export function pieces(text, entities) {
  const points = Array.from(text);
  const sorted = [...(entities || [])].sort((a, b) => a.start - b.start || b.end - a.end);
  const found = [];
  let at = 0;
  for (const entity of sorted) {
    if (entity.start < at || entity.end <= entity.start || entity.end > points.length) continue;
    if (entity.start > at) found.push({ text: points.slice(at, entity.start).join(""), entity: null });
    found.push({ text: points.slice(entity.start, entity.end).join(""), entity });
    at = entity.end;
  }
  if (at < points.length) found.push({ text: points.slice(at).join(""), entity: null });
  return found;
}
