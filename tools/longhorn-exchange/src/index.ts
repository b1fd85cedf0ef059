export { canExchange, exchangeTimeoutMs, exchangeWithLonghorn, type Exchange } from './exchange-with-longhorn.ts';
