/** Go's `html`, `js` and `urlquery`: a text made safe for one place of a web page or address. */

const HTML: Readonly<Record<string, string>> = {
  "\0": "\uFFFD",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

const JS: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => HTML[character] ?? character);
}

export function escapeJs(text: string): string {
  let escaped = "";
  for (const character of text) {
    const known = JS[character];
    if (known !== undefined) escaped += known;
    else if (PRINTABLE.test(character)) escaped += character;
    else {
      const point = character.codePointAt(0) ?? 0;
      escaped += `\\u${point.toString(16).toUpperCase().padStart(4, "0")}`;
    }
  }
  return escaped;
}

export function escapeQuery(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
