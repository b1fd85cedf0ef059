import { all, type Fault, type MadeUpAnswer } from '../fault.ts';

const group = 'Answers that are not the server’s, or not to this';

const page = (status: number, title: string): MadeUpAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
});
const logIn = page(200, 'Please log in');

/** Answers that somebody else gives, that say one thing and mean another, or that come twice. */
export const misplacedAnswers: readonly Fault[] = [
  {
    group,
    name: 'every request is answered 200 with a log-in page',
    aim: { times: Infinity },
    act: { kind: 'answer', answer: logIn },
    expected: 'STORE_INVALID',
  },
  {
    group,
    name: 'every request is sent on to a log-in page (302)',
    aim: { times: Infinity },
    act: { kind: 'answer', answer: { status: 302, headers: { location: 'https://login.invalid/?back=here' } } },
    expected: 'STORE_INVALID',
  },
  {
    group,
    name: 'a block that is put is answered 200 with a log-in page',
    aim: { verb: 'put', area: 'blocks' },
    act: { kind: 'answer', answer: logIn },
    expected: { backup: 'STORE_INVALID', second: 'STORE_INVALID' },
    except: { webdav: 'right' },
  },
  {
    group,
    name: 'a config that is put is answered 200 with a log-in page',
    aim: { verb: 'put', area: 'configs' },
    act: { kind: 'answer', answer: logIn },
    expected: { backup: 'STORE_INVALID', second: 'STORE_INVALID' },
    except: { webdav: 'right' },
  },
  {
    group,
    name: 'a block that is read is answered 200 with a log-in page',
    aim: { verb: 'get', area: 'blocks' },
    act: { kind: 'answer', answer: logIn },
    expected: { backup: 'STORE_INVALID', second: 'STORE_INVALID', restore: 'STORE_INVALID', verify: 'PARTLY_UNTRIED' },
    except: { webdav: 'right' },
  },
  {
    group,
    name: 'a block that is read is answered 404 with a page',
    aim: { verb: 'get', area: 'blocks' },
    act: { kind: 'answer', answer: page(404, 'Not Found') },
    expected: { backup: 'STORE_INVALID', second: 'STORE_INVALID', restore: 'STORE_INVALID', verify: 'PARTLY_UNTRIED' },
    except: { webdav: 'right' },
  },
  {
    group,
    name: 'a listing is answered 200 with a log-in page',
    aim: { verb: 'list' },
    act: { kind: 'answer', answer: logIn },
    expected: 'STORE_INVALID',
    except: { webdav: { ...all('STORE_INVALID'), open: 'right' } },
  },
  {
    group,
    name: 'a block that is put is answered 200 with an error in the body',
    aim: { verb: 'put', area: 'blocks' },
    act: { kind: 'error-in-200' },
    expected: { backup: 'STORE_INVALID', second: 'STORE_INVALID' },
    except: { s3: 'right', webdav: 'right' },
  },
  {
    group,
    name: 'a config that is put is answered 200 with an error in the body',
    aim: { verb: 'put', area: 'configs' },
    act: { kind: 'error-in-200' },
    expected: { backup: 'STORE_INVALID', second: 'STORE_INVALID' },
    except: { s3: 'right', webdav: 'right' },
  },
  {
    group,
    name: 'a listing is answered 200 with an error in the body',
    aim: { verb: 'list' },
    act: { kind: 'error-in-200' },
    expected: 'STORE_INVALID',
    except: { s3: { open: 'STORE_UNAVAILABLE' }, webdav: { ...all('STORE_INVALID'), open: 'right' } },
  },
  {
    group,
    name: 'a config that is read is answered 200 with an error in the body',
    aim: { verb: 'get', area: 'configs' },
    act: { kind: 'error-in-200' },
    expected: {
      backup: 'STORE_INVALID',
      second: 'STORE_INVALID',
      restore: 'STORE_INVALID',
      verify: 'PARTLY_UNTRIED',
      prune: 'STORE_INVALID',
    },
    except: { webdav: 'right' },
  },
  {
    group,
    name: 'every request arrives twice',
    aim: { times: Infinity },
    act: { kind: 'repeat-request' },
    expected: 'right',
  },
  {
    group,
    name: 'an answer comes twice on its connection',
    aim: { from: 3, every: 4, times: Infinity },
    act: { kind: 'repeat-answer' },
    expected: 'right',
  },
];
