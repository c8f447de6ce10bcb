/** Reads the import statements of a TypeScript file with a scanner, so that the check needs no compiler. */

export interface Import {
  specifier: string;
  /** `type` vanishes at run time, `value` is evaluated first, `dynamic` is evaluated later. */
  kind: "type" | "value" | "dynamic";
  /** From 1. */
  line: number;
}

export interface Scan {
  /** The text with comments, string contents, template text and regular expressions blanked; same length, same lines. */
  code: string;
  /** Every quoted literal without interpolation, with the offset of its opening quote. */
  literals: { at: number; value: string }[];
}

const REGEX_AFTER = /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|delete))\s*$/;
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`|\/|[{}]/g;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;

const blank = (text: string): string => text.replace(/[^\n]/g, " ");
const matchAt = (pattern: RegExp, text: string, at: number): string | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
};

/** Separates code from what only looks like code. */
export function scan(text: string): Scan {
  const literals: Scan["literals"] = [];
  // One entry per open `{`; true where closing it returns to template text.
  const braces: boolean[] = [];
  let code = "";
  let at = 0;

  const hide = (length: number): void => {
    code += blank(text.slice(at, at + length));
    at += length;
  };
  const keep = (length: number): void => {
    code += text.slice(at, at + length);
    at += length;
  };
  const template = (): void => {
    const body = matchAt(TEMPLATE_TEXT, text, at) ?? "";
    if (text[at + body.length] === "`" && text[at - 1] === "`") literals.push({ at: at - 1, value: body });
    hide(body.length);
    if (text[at] === "`") keep(1);
    else if (at < text.length) {
      braces.push(true);
      keep(2);
    }
  };

  while (at < text.length) {
    const token = matchAt(TOKEN, text, at);
    if (token === undefined) {
      keep(text.length - at);
      break;
    }
    keep(TOKEN.lastIndex - token.length - at);
    const first = token[0];
    if (first === '"' || first === "'") {
      literals.push({ at, value: token.slice(1, -1) });
      keep(1);
      hide(token.length - 2);
      keep(1);
    } else if (first === "`") {
      keep(1);
      template();
    } else if (token === "/") {
      const regex = REGEX_AFTER.test(code.slice(-40)) ? matchAt(REGEX, text, at) : undefined;
      if (regex === undefined) keep(1);
      else hide(regex.length);
    } else if (first === "/") hide(token.length);
    else {
      keep(1);
      if (token === "{") braces.push(false);
      else if (braces.pop() === true) template();
    }
  }
  return { code, literals };
}

/** Line of an offset, from 1. */
export const lineOf = (text: string, at: number): number => text.slice(0, at).split("\n").length;

const STATIC =
  /(?<![.\w$])(import|export)\s+(type\s+(?!from\b))?(?:[\w$\s,*]*(?:\{[^}]*\})?\s*\bfrom\s*|(?=["']))(?=["'])/g;
const DYNAMIC = /(?<![.\w$])import\s*\(\s*(?=["'`])/g;

/** All imports and re-exports of a scanned file, in no particular order. */
export function importsOf(file: Scan): Import[] {
  const literalAt = new Map(file.literals.map((l) => [l.at, l.value]));
  const found: Import[] = [];
  const add = (match: RegExpExecArray, kind: Import["kind"]): void => {
    const specifier = literalAt.get(match.index + match[0].length);
    if (specifier !== undefined) found.push({ specifier, kind, line: lineOf(file.code, match.index) });
  };
  for (const match of file.code.matchAll(STATIC)) add(match, match[2] === undefined ? "value" : "type");
  for (const match of file.code.matchAll(DYNAMIC)) add(match, "dynamic");
  return found;
}
