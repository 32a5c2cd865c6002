const COUNTS = /^[a-zA-Z_:][\w:]*(_total|_bucket|_count|_sum)(\{.*\})? /;

/** What has fallen or gone, of all that may never fall, from one scrape to the next. */
export function fallsIn(before: string, after: string): string[] {
  const now = samplesIn(after);
  const falls: string[] = [];
  for (const [sample, value] of samplesIn(before)) {
    const next = now.get(sample);
    if (next === undefined || next < value) {
      falls.push(`${sample} ${value} -> ${String(next)}`);
    }
  }
  return falls;
}

function samplesIn(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    // A worker's own process metrics end with it.
    if (COUNTS.test(line) && !line.includes('worker="')) {
      const end = line.lastIndexOf(' ');
      samples.set(line.slice(0, end), Number(line.slice(end + 1)));
    }
  }
  return samples;
}
