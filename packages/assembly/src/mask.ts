/** The URL with `[secret]` for a password, or for a user name that may be a token; other text comes back as it is. */
export function maskUrlPassword(url: string): string {
  return url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/?#@]*:[^/?#]*)@/, '$1[secret]@');
}
