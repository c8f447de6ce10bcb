/** Sent in `hello`; the same as in package.json, written here so that nothing is read from disk to connect. */
export const VERSION = "0.1.0";
