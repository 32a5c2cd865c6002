/**
 * What those who are asked have of the milliseconds that somebody waits for them: the rest is for their answer to be
 * written and to come back, so that one that hangs does not keep all else from being there in time.
 */
export const timeLeftOf = (ms: number): number => Math.max(ms / 2, ms - 500);
