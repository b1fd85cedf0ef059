/** A configuration to paste, for `hayloft plugins`. */
export const example = `targets:
  offsite:
    url: azblob://container@core.windows.net/prefix/
    credentials: { file: /run/secrets/azure } # lines KEY=VALUE, or a folder with a file a key:
    # AZBLOB_ACCOUNT_NAME with AZBLOB_ACCOUNT_KEY or AZBLOB_SAS_TOKEN; without either the machine's own identity
    # AZBLOB_ENDPOINT (another server), AZBLOB_CERT (its authority), HTTP_PROXY, HTTPS_PROXY, NO_PROXY
`;
