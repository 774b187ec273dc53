/** Takes what was opened, to be closed at the end. */
export type AtEnd = (close: () => Promise<unknown>) => void;

export interface Closable {
  close(): Promise<void>;
}

/** Opens piece by piece. What was opened is closed in reverse: by `close`, or at once when a later piece fails. */
export async function opening<T extends object>(
  open: (atEnd: AtEnd) => Promise<T>,
): Promise<T & Closable> {
  const opened: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    return { ...(await open((end) => opened.push(end))), close };
  } catch (error) {
    await close();
    throw error;
  }
}
