import type { Catalogue } from '@hayloft/assembly';

/** The plugins that this program ships with: a new one is one line here, and its schemes below. */
export const catalogue: Catalogue = {
  plugins: {
    'store:azure': async () => (await import('@hayloft/plugin-azure')).azurePlugin,
    'store:file': async () => (await import('@hayloft/plugin-file')).filePlugin,
    'store:nfs': async () => (await import('@hayloft/plugin-nfs')).nfsPlugin,
    'store:s3': async () => (await import('@hayloft/plugin-s3')).s3Plugin,
    'store:webdav': async () => (await import('@hayloft/plugin-webdav')).webdavPlugin,
    'store:cifs': async () => (await import('@hayloft/plugin-cifs')).cifsPlugin,
    'source:download': async () => (await import('@hayloft/plugin-http-download')).httpDownloadPlugin,
    'source:upload': async () => (await import('@hayloft/plugin-upload')).uploadPlugin,
    'source:restore': async () => (await import('@hayloft/plugin-restore')).restorePlugin,
    'source:clone': async () => (await import('@hayloft/plugin-clone')).clonePlugin,
  },
  schemes: {
    azblob: 'azure',
    file: 'file',
    vfs: 'file',
    nfs: 'nfs',
    s3: 's3',
    webdav: 'webdav',
    webdavs: 'webdav',
    cifs: 'cifs',
  },
};
