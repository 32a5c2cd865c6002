/** An error page may be of any size; nobody reads more. */
const MOST_BYTES = 64 * 1024;

/**
 * The beginning of an answer's body. What is behind it is cancelled, since a body that nobody reads holds
 * its connection, and that the process.
 */
export async function answerText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) {
    return '';
  }
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    while (bytes < MOST_BYTES) {
      const { done, value } = await reader.read();
      if (done) {
        return text + decoder.decode();
      }
      text += decoder.decode(value, { stream: true });
      bytes += value.length;
    }
    await reader.cancel();
  } catch {
    // The status has come, and says more than an end that is missing.
  }
  return text;
}
