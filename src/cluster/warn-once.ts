const warned = new Set<string>();

/** Tells something that may come again and again, of a few kinds, the first time. */
export function warnOnce(message: string): void {
  if (!warned.has(message) && warned.size < MOST) {
    warned.add(message);
    process.emitWarning(message, 'MetricsWarning');
  }
}

const MOST = 100;
