export { startScriptedOrigin, type Script, type ScriptedOrigin } from './scripted-origin.ts';
export { serveBytes, type ServedBytes } from './serve-bytes.ts';
