import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Express } from 'express';

/** A route; `path` is the Express pattern, such as `/groups/:id`. */
export type Route = Readonly<{ method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'ALL'; path: string }>;

type Layer = Readonly<{
  route?: { path: string | string[]; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
  /** Whether it is mounted at `/`. */
  slash: boolean;
  match(path: string): boolean;
}>;

const src = resolve(import.meta.dirname, '../../src');

const isApiRoute = ({ path }: Route) => path.startsWith('/api/v1/') || path.endsWith('-invite-link');

/** Every route for people, read from the app's router. */
export function routesOf(app: Express): Route[] {
  return allRoutesOf(app).filter((route) => !isApiRoute(route));
}

/** Every route of the JSON API. */
export function apiRoutesOf(app: Express): Route[] {
  return allRoutesOf(app).filter(isApiRoute);
}

function allRoutesOf(app: Express): Route[] {
  const found = routesInStack((app.router as unknown as { stack: Layer[] }).stack, '');
  const names = new Set<string>();
  return found.filter((route) => {
    const isNew = !names.has(routeName(route));
    names.add(routeName(route));
    return isNew;
  });
}

export function routeName({ method, path }: Route): string {
  return `${method} ${path}`;
}

function routesInStack(stack: readonly Layer[], mount: string): Route[] {
  return stack.flatMap((layer) => {
    if (layer.route) return routesOfLayer(layer.route, mount);
    return layer.handle.stack ? routesInStack(layer.handle.stack, mount + mountPathOf(layer)) : [];
  });
}

function routesOfLayer({ path, methods }: NonNullable<Layer['route']>, mount: string): Route[] {
  const given = Object.keys(methods).filter((method) => methods[method]);
  const names = given.length > 3 ? ['ALL'] : given.map((method) => method.toUpperCase());
  return [path].flat().flatMap((one) =>
    names.map((method): Route => {
      if (!isMethod(method)) throw new Error(`a route for ${method}`);
      return { method, path: one === '/' && mount !== '' ? mount : mount + one };
    }),
  );
}

function isMethod(name: string): name is Route['method'] {
  return ['GET', 'POST', 'PUT', 'DELETE', 'ALL'].includes(name);
}

// Express doesn't record mount paths, so they are read from the source code.
function mountPathOf(layer: Layer): string {
  if (layer.slash) return '';
  const mount = mountPaths().find((path) => layer.match(path));
  if (mount === undefined) throw new Error('a router is mounted at a path that is not a string literal');
  return mount;
}

function mountPaths(): string[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((file) =>
    [...readFileSync(join(src, file), 'utf8').matchAll(/\.use\(\s*'(\/[^']+)'/g)].map(
      ([, path = '']) => path,
    ),
  );
}
