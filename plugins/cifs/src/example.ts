/** A configuration to paste, for `hayloft plugins`. */
export const example = `targets:
  nas:
    url: cifs://nas/share/folder # spoken to directly; ?cifsOptions=vers=3.1.1,seal and the like at the end
    credentials: { file: /run/secrets/nas } # lines CIFS_USERNAME=… and CIFS_PASSWORD=…
  mounted: { url: cifs://nas/share/folder, mountedAt: /mnt/share/folder } # where that very folder is mounted
`;
