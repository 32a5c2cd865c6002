// No orphan goes on measuring.
process.on('disconnect', () => process.exit());

/** What the parent wants this process to be. */
export const settings = <Settings>(): Settings => JSON.parse(process.argv[2] ?? '{}') as Settings;

export const say = (message: unknown): void => {
  process.send?.(message);
};

/** Answers the parent's questions, one after the other. */
export function answer(answers: Record<string, () => unknown>): void {
  process.on('message', async (question: string) => say((await answers[question]?.()) ?? null));
}
