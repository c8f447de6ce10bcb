/** Control characters that a terminal would obey; line ends and tabs stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text from elsewhere (a node's answer, a server's sentence), safe to print: escape sequences could rewrite what stands on the screen. */
export const printable = (text: string): string => text.replace(CONTROL, "\ufffd");
