/** The middle of the figures, or the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** Figures round by round, each beside the other's of the same round. */
export function pairwise(
  figures: readonly number[],
  others: readonly number[],
  combine: (figure: number, other: number) => number,
): number[] {
  return figures.map((figure, round) => combine(figure, others[round] ?? Number.NaN));
}

export const ratios = (figures: readonly number[], others: readonly number[]) =>
  pairwise(figures, others, (figure, other) => figure / other);

export const differences = (figures: readonly number[], others: readonly number[]) =>
  pairwise(figures, others, (figure, other) => figure - other);
