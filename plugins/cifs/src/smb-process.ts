import { refusal, serveShare } from '@hayloft/share-store/process';
import { connectSmbShare } from './connect-smb-share.ts';
import { createSmbDriver } from './create-smb-driver.ts';
import type { SmbSettings } from './smb-settings.ts';

serveShare<SmbSettings>(async (settings) => {
  const first = await connectSmbShare(settings);
  let current = Promise.resolve(first.share);

  const reconnect = async () => {
    const { share, folderNumber } = await connectSmbShare(settings);
    if (folderNumber === first.folderNumber) return share;
    share.close();
    throw refusal(
      'STORE_UNAVAILABLE',
      'another folder is in its place now',
      'Check what the server shares, then run the same command again.',
    );
  };

  /** The share; a connection that was lost is made anew, once for all who wait, by the next call. */
  const share = async () => {
    const before = current;
    const open = await before.catch(() => undefined);
    if (open !== undefined && !open.hasFailed) return open;
    if (current === before) current = reconnect();
    return current;
  };
  return createSmbDriver(share, settings.folder);
});
