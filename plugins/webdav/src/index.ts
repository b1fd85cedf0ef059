export { webdavPlugin, type WebdavOptions } from './webdav-plugin.ts';
