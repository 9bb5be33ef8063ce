/** The path that a route's pattern stands for, with names for its parts: what metrics and logs say instead of the path itself. */
export function templateOf({ source }: RegExp): string {
  return source
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replaceAll(/\(\?<(\w+)>[^)]*\)/g, ':$1')
    .replaceAll(String.raw`\/+`, '/')
    .replaceAll('\\', '');
}
