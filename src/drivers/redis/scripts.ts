/** What Redis has to do in one go, as Lua. */

/**
 * KEYS[1], and perhaps KEYS[2], which has to hold ARGV[6]; ARGV: 1 or 0 and the expected value, 1 or 0 and the next value,
 * milliseconds to live or 0. Answers 1 or 0.
 */
export const swapScript = `
if KEYS[2] and redis.call('GET', KEYS[2]) ~= ARGV[6] then return 0 end
local now = redis.call('GET', KEYS[1])
if ARGV[1] == '1' then
  if now ~= ARGV[2] then return 0 end
elseif now then
  return 0
end
if ARGV[3] == '0' then
  redis.call('DEL', KEYS[1])
elseif ARGV[5] == '0' then
  redis.call('SET', KEYS[1], ARGV[4])
else
  redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
end
return 1
`;

/** KEYS[1]; ARGV: at least. Answers max(value, at least) + 1 and keeps that. */
export const nextScript = `
local text = redis.call('GET', KEYS[1]) or '0'
if not string.match(text, '^%d+$') or #text > 15 then return redis.error_reply('NOT-A-COUNTER') end
local raised = math.max(tonumber(text), tonumber(ARGV[1])) + 1
local shown = string.format('%.0f', raised)
redis.call('SET', KEYS[1], shown)
return shown
`;
