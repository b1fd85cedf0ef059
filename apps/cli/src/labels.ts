import { BackupError } from '@hayloft/engine';

const name = /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)$/;
const prefix = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** Labels from `K=V` texts by Longhorn's rules. `USAGE_INVALID` says which one breaks which. */
export function parseLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) throw invalid(text, 'it is not KEY=VALUE');
    const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
    const fault = labelFault(key, value);
    if (fault !== undefined) throw invalid(text, fault);
    if (Object.hasOwn(labels, key)) throw invalid(text, `the key "${key}" is given twice`);
    labels[key] = value;
  }
  return labels;
}

/** Why Longhorn would refuse this label: a key is a Kubernetes qualified name, and a value is not empty. */
export function labelFault(key: string, value: string): string | undefined {
  const parts = key.split('/');
  const [before, last] = parts.length === 1 ? [undefined, parts[0]!] : [parts[0]!, parts[1]!];
  if (parts.length > 2) return `the key "${key}" has more than one slash`;
  if (before !== undefined && (before.length > 253 || !prefix.test(before))) {
    return `the part "${before}" of the key is no DNS name in lower case`;
  }
  if (!name.test(last)) {
    return `the key's name "${last}" is not 1 to 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends`;
  }
  return value === '' ? `the value of "${key}" is empty` : undefined;
}

const invalid = (text: string, why: string): BackupError =>
  new BackupError('USAGE_INVALID', `The label "${text}" cannot be used: ${why}`, {
    remedy: 'Write it as --label usecase=test, or --label example.com/team=base.',
  });
