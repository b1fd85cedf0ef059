/** Where every machine of Azure asks for the tokens of its own identity; no proxy leads there. */
export const identityHost = '169.254.169.254';
