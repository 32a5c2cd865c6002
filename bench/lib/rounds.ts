/**
 * Measures all variants in turn, round by round, so that what disturbs the machine disturbs them alike.
 * Each round begins with another variant. The first round only warms up, and is thrown away.
 * A variant's results stand in the order of the rounds, so those of one round can be compared.
 */
export async function alternate<Variant, Result>(
  variants: readonly Variant[],
  rounds: number,
  measure: (variant: Variant) => Promise<Result>,
): Promise<Map<Variant, Result[]>> {
  const results = new Map<Variant, Result[]>(variants.map((variant) => [variant, []]));
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    for (let i = 0; i < variants.length; i++) {
      const variant = variants[(i + round) % variants.length] as Variant;
      const result = await measure(variant);
      if (round > 0) {
        results.get(variant)?.push(result);
      }
    }
  }
  return results;
}
