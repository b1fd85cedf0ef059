/** A configuration to paste, for `hayloft plugins`. */
export const example = `targets:
  cloud:
    url: webdavs://cloud.example/dav/backups/ # webdav:// for http
    credentials: { file: /run/secrets/webdav } # lines KEY=VALUE, or a folder with a file a key:
    # WEBDAV_USERNAME and WEBDAV_PASSWORD, or WEBDAV_TOKEN; WEBDAV_CERT (the server's authority)
    # HTTP_PROXY, HTTPS_PROXY, NO_PROXY
`;
