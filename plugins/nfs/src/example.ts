/** A configuration to paste, for `hayloft plugins`. */
export const example = `targets:
  nas: { url: 'nfs://nas:/export/backups' } # spoken to directly; ?nfsOptions=vers=3,port=2049 and the like at the end
  mounted: { url: 'nfs://nas:/export/backups', mountedAt: /mnt/backups } # where that very folder is mounted
`;
