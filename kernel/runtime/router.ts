interface Addressed {
  readonly method: string;
  readonly path: string;
}

/** What a method and a path lead to. */
export type Found<Route> =
  | { readonly kind: 'route'; readonly route: Route; readonly params: Record<string, string> }
  | { readonly kind: 'unknown-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'malformed-path' }
  | { readonly kind: 'unknown-path' };

export interface Router<Route> {
  /** `path` is the request target without its query. */
  find(method: string, path: string): Found<Route>;
}

/** Literal paths are one map lookup; only paths with parameters are compared segment by segment. Two equal routes are a bug and throw. */
export function createRouter<Route extends Addressed>(routes: readonly Route[]): Router<Route> {
  const literal = new Map<string, Map<string, Route>>();
  const patterns = new Map<string, Map<string, Route>>();
  for (const route of routes) {
    const shelf = route.path.includes(':') ? patterns : literal;
    const methods = shelf.get(route.path) ?? new Map<string, Route>();
    if (methods.has(route.method)) throw new Error(`two routes for ${route.method} ${route.path}`);
    methods.set(route.method, route);
    shelf.set(route.path, methods);
  }
  const shapes = [...patterns].map(([path, methods]) => ({ segments: path.split('/'), methods }));

  return {
    find(method, path) {
      const exact = literal.get(path);
      if (exact) return ofMethods(exact, method, {});
      const segments = path.split('/');
      for (const shape of shapes) {
        const params = match(shape.segments, segments);
        if (params === 'malformed') return { kind: 'malformed-path' };
        if (params) return ofMethods(shape.methods, method, params);
      }
      return { kind: 'unknown-path' };
    },
  };
}

function ofMethods<Route>(methods: Map<string, Route>, method: string, params: Record<string, string>): Found<Route> {
  const route = methods.get(method);
  return route ? { kind: 'route', route, params } : { kind: 'unknown-method', allowed: [...methods.keys()] };
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | 'malformed' | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined;
      continue;
    }
    if (segment === '') return undefined;
    try {
      params[part.slice(1)] = decodeURIComponent(segment);
    } catch {
      return 'malformed'; // A lone % or invalid UTF-8.
    }
  }
  return params;
}
