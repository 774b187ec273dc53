/** Types of `lock.mjs`, which stays plain JavaScript for `install.mjs`. */
export declare function withLock<T>(
  file: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T>;
