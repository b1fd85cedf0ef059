import type { IncomingMessage, ServerResponse } from 'node:http';
import { startScriptedOrigin } from '@hayloft/http/testing';

/** What a request found out about itself. */
export interface DavExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Below the root, decoded; a folder's without its last slash. */
  readonly path: string;
}

/** True when it answered, or means never to. */
export type Manner = (exchange: DavExchange, dav: ScriptedDav) => boolean | void;

/** A WebDAV server in memory that behaves, until it is told otherwise; its collection is `/dav/`. */
export interface ScriptedDav extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/dav/` */
  readonly url: string;
  /** Blobs and whatever else lies there, by path. */
  readonly files: Map<string, Uint8Array>;
  readonly folders: Set<string>;
  /** `METHOD path` of each request so far. */
  readonly log: string[];
  manner: Manner;
  /** As a server does that writes a PUT into the file itself, and keeps what it has of one that broke. */
  writesInPlace: boolean;
}

const modified = 'Tue, 24 Nov 2026 12:00:00 GMT';

export async function startScriptedDav(manner: Manner = () => false): Promise<ScriptedDav> {
  const origin = await startScriptedOrigin((request, response) => {
    const method = request.method ?? '';
    const path = pathOf(request.url ?? '');
    dav.log.push(`${method} ${path}`);
    request.on('error', () => {}); // a client that goes away is what many of these tests do
    if (dav.manner({ request, response, method, path }, dav) !== true) answer(dav, { request, response, method, path });
  });
  const dav: ScriptedDav = {
    url: `${origin.url}/dav/`,
    files: new Map(),
    folders: new Set(['']),
    log: [],
    manner,
    writesInPlace: false,
    [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose](),
  };
  return dav;
}

/** One `<response>` of a multistatus. */
export function describeMember(dav: ScriptedDav, path: string): string {
  const isFolder = dav.folders.has(path);
  const size = isFolder ? '' : `<d:getcontentlength>${dav.files.get(path)?.length}</d:getcontentlength>`;
  const type = `<d:resourcetype>${isFolder ? '<d:collection/>' : ''}</d:resourcetype>`;
  const href = encodeURI(`/dav/${path}${isFolder && path !== '' ? '/' : ''}`);
  return describe(href, `${type}${size}<d:getlastmodified>${modified}</d:getlastmodified>`);
}

export const describe = (href: string, properties: string, status = '200 OK'): string =>
  `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${properties}</d:prop>` +
  `<d:status>HTTP/1.1 ${status}</d:status></d:propstat></d:response>`;

export const multistatus = (members: readonly string[]): string =>
  `<?xml version="1.0"?>\n<d:multistatus xmlns:d="DAV:">${members.join('\n')}</d:multistatus>\n`;

export function childrenOf(dav: ScriptedDav, folder: string): string[] {
  const start = folder === '' ? '' : `${folder}/`;
  return [...dav.folders, ...dav.files.keys()].filter(
    (path) => path !== '' && path.startsWith(start) && !path.slice(start.length).includes('/'),
  );
}

/** An answer with a text. */
export function say(response: ServerResponse, status: number, text = '', headers: Record<string, string> = {}): true {
  response.writeHead(status, headers).end(text);
  return true;
}

const pathOf = (url: string): string =>
  decodeURIComponent(url)
    .replace(/^\/dav\//, '')
    .replace(/\/$/, '');
const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');

function answer(dav: ScriptedDav, { request, response, method, path }: DavExchange): void {
  const { files, folders } = dav;
  const file = files.get(path);
  if (method === 'PUT') return put(dav, request, response, path);
  request.resume();
  if (method === 'MKCOL') {
    const status = folders.has(path) || file !== undefined ? 405 : folders.has(folderOf(path)) ? 201 : 409;
    if (status === 201) folders.add(path);
    say(response, status);
  } else if (file === undefined && !folders.has(path)) {
    say(response, 404);
  } else if (method === 'PROPFIND') {
    const children = request.headers.depth === '1' && file === undefined ? childrenOf(dav, path) : [];
    const members = [path, ...children].map((each) => describeMember(dav, each));
    say(response, 207, multistatus(members), { 'content-type': 'application/xml; charset=utf-8' });
  } else if (method === 'GET' && file !== undefined) {
    response.writeHead(200, { 'content-length': file.length }).end(file);
  } else if (method === 'MOVE' && file !== undefined) {
    const to = pathOf(new URL(String(request.headers.destination), dav.url).pathname);
    if (files.has(to) && request.headers.overwrite === 'F') return void say(response, 412);
    if (!folders.has(folderOf(to))) return void say(response, 409);
    const replaces = files.has(to);
    files.delete(path);
    files.set(to, file);
    say(response, replaces ? 204 : 201);
  } else if (method === 'DELETE') {
    files.delete(path);
    folders.delete(path);
    say(response, 204);
  } else say(response, 405);
}

function put(dav: ScriptedDav, request: IncomingMessage, response: ServerResponse, path: string): void {
  const chunks: Uint8Array[] = [];
  const replaces = dav.files.has(path);
  if (dav.writesInPlace) dav.files.set(path, new Uint8Array(0));
  request.on('data', (chunk: Uint8Array) => {
    chunks.push(chunk);
    if (dav.writesInPlace) dav.files.set(path, Buffer.concat(chunks));
  });
  request.on('end', () => {
    dav.files.set(path, Buffer.concat(chunks));
    say(response, replaces ? 204 : 201);
  });
}
