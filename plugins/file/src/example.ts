/** A configuration to paste, for `hayloft plugins`. */
export const example = `targets:
  local: { url: 'file:///srv/backups/' } # a folder that is there
  archive:
    plugin: file
    options: { path: /srv/archive, readOnly: true }
`;
