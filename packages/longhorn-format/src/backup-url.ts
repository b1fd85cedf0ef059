import { BackupError } from '@hayloft/engine';
import { isName, printable } from './names.ts';
import { parseTargetUrl } from './target-url.ts';
import { splitQuery, unescapeAmpersands, valueOf } from './url-query.ts';

/** The URL of a backup as Longhorn writes it: the store's URL untouched, and the name behind it. */
export function backupUrl(location: string, name: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}backingImage=${encodeURIComponent(name)}`;
}

/**
 * The store and the name that a backup's URL holds. The store's own options stay in `target` (Longhorn drops them here,
 * and then mounts without them). `USAGE_INVALID` for text that is no such URL.
 */
export function parseBackupUrl(text: string): { readonly target: string; readonly name: string } {
  const url = unescapeAmpersands(text);
  const queryStart = url.includes('?') ? url.indexOf('?') : url.length;
  const pairs = splitQuery(url.slice(queryStart + 1));
  const named = pairs.find(({ key }) => key === 'backingImage');
  const name = named === undefined ? '' : valueOf(named.pair);
  if (!isName(name)) {
    const what = named === undefined ? 'names no backup' : `names the backup "${printable(name)}", which cannot be one`;
    throw new BackupError('USAGE_INVALID', `The backup's URL ${what}`, {
      remedy: 'Give the URL that "hayloft backup list" shows: the store\'s, then ?backingImage=NAME.',
    });
  }
  const options = pairs.filter(({ key }) => key !== 'backingImage').map(({ pair }) => pair);
  const target = `${url.slice(0, queryStart)}${options.length === 0 ? '' : `?${options.join('&')}`}`;
  parseTargetUrl(target);
  return { target, name };
}
