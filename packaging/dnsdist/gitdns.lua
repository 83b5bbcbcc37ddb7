-- dnsdist answers from this machine's copies of registries when its upstream does not. At the end of dnsdist.conf:
--
--     dofile('/usr/share/gitdns/dnsdist/gitdns.lua')
--     gitdns()
--
-- What it does, and the options: gitdns-dnsdist(7). What it reads: gitdns-registry(5), THE STORE. The order of
-- registries and the rules are the module's: copy/stores.h, copy/policy.h. dnsdist 1.7 and later, with LuaJIT.
--
-- Everything here runs under dnsdist's one lock of Lua, which the look-ups need.

local ffi = require('ffi')

local A, AAAA, HTTPS, IN = 1, 28, 65, 1
local TIMES_SILENCE = 10 -- later upstream is asked once more
local ADDRESSES_MOST = 8 -- so that an answer fits into 512 octets, whatever the name

local FORMAT = 1
local KEY_PAGE, KEY_DEADLINE = '\0', '\2'
local DEADLINE_OCTETS = 8 -- in stores of this layout alone
local CDB_HEADER_OCTETS = 2048
local META_OCTETS = 32768 -- a store's header, manifest, signature and deadline, which come first, are less
local POLICY_OCTETS = 4 * 2 ^ 20
local ADDRESSES_MAX = 64
local NEVER, NEVER_BELOW, ONLY, ONLY_BELOW, DOMAIN = 1, 2, 4, 8, 16
local HAS_ONLY = 2
local ENOENT = 2
local NOT_BY_ITSELF = 10 ^ 9 -- seconds after which dnsdist itself would look for another file

-- An error is said once, until it is another, or mended.
local said = {}
local function say(path, what)
    if said[path] ~= what and what ~= nil then
        errlog('gitdns: ' .. path .. ': ' .. what)
    end
    said[path] = what
end

local function number(octets)
    local n = 0
    for i = 1, #octets do
        n = n * 256 + octets:byte(i)
    end
    return n
end

local function has(octet, bit)
    return math.floor(octet / bit) % 2 == 1
end

-- A file's first octets; or nil, what is wrong with it, and whether nothing lies there. The last hash table ends a
-- cdb file: where it does not, the file was cut.
local function read_start(path, octets)
    local file, why, errno = io.open(path, 'rb')
    if file == nil then
        return nil, (why:gsub('^.*: ', '')), errno == ENOENT
    end
    local start = file:read(octets) or ''
    local size = file:seek('end')
    file:close()
    local last = start:sub(CDB_HEADER_OCTETS - 7, CDB_HEADER_OCTETS)
    if #last < 8 or number(last:sub(1, 4):reverse()) + 8 * number(last:sub(5, 8):reverse()) ~= size then
        return nil, 'damaged'
    end
    return start
end

-- The file as it is now, parsed; as it was before where it is gone or cannot be used: nothing is given up for that.
local function look(path, octets, parse, before)
    local start, why, absent = read_start(path, octets)
    if start == nil then
        say(path, not absent and why or nil)
        return before, absent
    end
    if before and before.start == start then
        say(path, nil)
        return before
    end
    local opened, cdb = pcall(newCDBKVStore, path, NOT_BY_ITSELF)
    if not opened or cdb == nil then -- nil: dnsdist --check-config
        say(path, not opened and 'cannot be opened' or nil)
        return before
    end
    local file, wrong = parse(cdb)
    say(path, wrong)
    if file == nil then
        return before
    end
    file.start = start
    return file
end

local function parse_store(cdb)
    local octets = cdb:lookup(KEY_DEADLINE)
    local deadline = number(octets)
    if octets == '' or deadline >= 2 ^ 63 then
        return nil, 'damaged'
    elseif #octets ~= DEADLINE_OCTETS then
        return nil, 'of a format that is not known here'
    end
    return {cdb = cdb, deadline = deadline}
end

local function parse_policy(cdb)
    local page = cdb:lookup(KEY_PAGE)
    local format, with, count = page:byte(1, 3)
    local policy, at = {cdb = cdb, has = with, paths = {}}, 4
    if count == nil then
        return nil, 'damaged'
    elseif format ~= FORMAT then
        return nil, 'of a format that is not known here'
    end
    for place = 1, count do
        local octets = (page:byte(at) or 127) % 128 -- the bit above: all its names are private
        local name = page:sub(at + 1, at + octets)
        if #name ~= octets or name:find('^%.') or name:find('[^a-z0-9.-]') then
            return nil, 'damaged'
        end
        policy.paths[place] = name == '' and '/registry.cdb' or '/registries/' .. name .. '/registry.cdb'
        at = at + 1 + octets
    end
    return policy
end

-- Where there is no policy.cdb the registry in the folder itself answers, whatever it holds.
local no_policy = {has = 0, paths = {'/registry.cdb'}}

-- What answers: a policy, nil until there is one that can be read, and a store for each of its paths.
local function refresh(copies)
    local policy, absent = look(copies.directory .. '/policy.cdb', POLICY_OCTETS, parse_policy, copies.policy)
    policy = policy or (absent and no_policy) or nil
    local before, stores = policy == copies.policy and copies.stores or {}, {}
    for _, path in ipairs(policy and policy.paths or {}) do
        stores[path] = look(copies.directory .. path, META_OCTETS, parse_store, before[path])
    end
    copies.policy = policy
    copies.stores = stores
end

local function may_answer(policy, name, place)
    local only, never, alone, owners = not has(policy.has, HAS_ONLY), NEVER, ONLY, 0
    local domain = policy.has ~= 0 and name or nil
    while domain do
        local rules = policy.cdb:lookup(domain):byte() or 0
        if has(rules, never) then
            return false
        end
        only = only or has(rules, alone)
        -- Of domains within each other the innermost counts.
        if owners == 0 then
            owners = math.floor(rules / DOMAIN)
        end
        never, alone = NEVER_BELOW, ONLY_BELOW
        domain = domain:match('%.(.*)')
    end
    return only and (owners == 0 or has(owners, 2 ^ (place - 1)))
end

local function is_record(value)
    local n4, n6 = value:byte(1, 2)
    return n6 ~= nil and n4 + n6 > 0 and n4 + n6 <= ADDRESSES_MAX and #value >= 2 + 4 * n4 + 16 * n6
end

-- The record of the first registry that has the name and may answer it.
local function find(copies, name)
    for place, path in ipairs(copies.policy and copies.policy.paths or {}) do
        local store = copies.stores[path]
        if store and os.time() <= store.deadline then
            local value = store.cdb:lookup(name)
            if is_record(value) and may_answer(copies.policy, name, place) then
                return value
            end
        end
    end
end

local function header_of(dq)
    return ffi.cast('uint8_t *', ffi.C.dnsdist_ffi_dnsquestion_get_header(dq))
end

-- The name that is asked for, in normal form; nil where no registry can hold it, or it is not for the copies to say:
-- another type, or no recursion wanted, which resolvers refuse though they are well.
local name_start, name_octets = ffi.new('const char *[1]'), ffi.new('size_t[1]')
local function asked_name(dq)
    local kind, labels, at = ffi.C.dnsdist_ffi_dnsquestion_get_qtype(dq), {}, 1
    if kind ~= A and kind ~= AAAA and kind ~= HTTPS or ffi.C.dnsdist_ffi_dnsquestion_get_qclass(dq) ~= IN or
        header_of(dq)[2] % 2 == 0 then
        return nil
    end
    ffi.C.dnsdist_ffi_dnsquestion_get_qname_raw(dq, name_start, name_octets)
    local wire = ffi.string(name_start[0], name_octets[0]):lower()
    while (wire:byte(at) or 0) > 0 do
        local label = wire:sub(at + 1, at + wire:byte(at))
        if label:find('[^a-z0-9_-]') then
            return nil
        end
        labels[#labels + 1] = label
        at = at + 1 + #label
    end
    if #labels > 0 then
        return table.concat(labels, '.'), kind
    end
end

-- The first addresses of a record, of the type. HTTPS: none, so that browsers go on with the addresses.
local function addresses_of(record, kind)
    local n4, n6 = record:byte(1, 2)
    local addresses, count, octets, at = {}, 0, 4, 3
    if kind == A then
        count = n4
    elseif kind == AAAA then
        count, octets, at = n6, 16, 3 + 4 * n4
    end
    for i = 1, math.min(count, ADDRESSES_MOST) do
        addresses[i] = record:sub(at, at + octets - 1)
        at = at + octets
    end
    return addresses
end

-- Makes of a question, or of a failure that came back, an answer from the copies. Returns whether they have one.
local values = ffi.new('dnsdist_ffi_raw_value_t[?]', ADDRESSES_MOST)
local explains = pcall(function()
    return ffi.C.dnsdist_ffi_dnsquestion_set_extended_dns_error
end)
local function answer(copies, dq)
    local name, kind = asked_name(dq)
    local record = name and find(copies, name)
    if not record then
        return false
    end
    local addresses = addresses_of(record, kind)
    for i, address in ipairs(addresses) do
        values[i - 1].value, values[i - 1].size = address, #address
    end
    if #addresses > 0 then
        ffi.C.dnsdist_ffi_dnsquestion_spoof_raw(dq, values, #addresses)
    end
    ffi.C.dnsdist_ffi_dnsquestion_set_rcode(dq, DNSRCode.NOERROR)
    local header = header_of(dq)
    header[2] = 0x81 -- QR, RD; neither AA nor TC
    header[3] = 0x80 -- RA, not AD
    if explains then -- since 1.9
        ffi.C.dnsdist_ffi_dnsquestion_set_extended_dns_error(dq, 3, 'gitdns', 6) -- Stale Answer
    end
    ffi.C.dnsdist_ffi_dnsquestion_set_skip_cache(dq, true)
    return true
end

-- Upstream answers for others, and leaves this name's questions unanswered.
local function watch_silence(copies, seconds)
    local waiting = {} -- since when, by name and type
    addAction(AllRule(), LuaFFIAction(function(dq)
        local name, kind = asked_name(dq)
        local key = name and name .. kind
        if key and waiting[key] == nil and find(copies, name) then
            waiting[key] = os.time()
        elseif key and waiting[key] and os.time() - waiting[key] >= seconds and answer(copies, dq) then
            return DNSAction.HeaderModify
        end
        return DNSAction.None
    end))
    addResponseAction(AllRule(), LuaFFIResponseAction(function(dr)
        local name, kind = asked_name(dr)
        if name then
            waiting[name .. kind] = nil
        end
        return DNSResponseAction.None
    end))
    return function()
        for key, since in pairs(waiting) do
            if os.time() - since > TIMES_SILENCE * seconds then
                waiting[key] = nil
            end
        end
    end
end

local function each_second(call)
    if addMaintenanceCallback then -- since 1.9
        addMaintenanceCallback(call)
        return
    end
    local others = maintenance
    function maintenance()
        if others then
            others()
        end
        call()
    end
end

local types = {directory = 'string', pool = 'string', silence = 'number'}

function gitdns(options)
    options = options or {}
    for option, value in pairs(options) do
        if type(value) ~= types[option] then
            error('gitdns: ' .. option .. ': ' .. (types[option] and 'not a ' .. types[option] or 'no such option'))
        end
    end
    if not newCDBKVStore then
        error('gitdns: this dnsdist is without cdb')
    end
    local copies = {directory = options.directory or '/var/lib/gitdns', stores = {}}
    refresh(copies)
    each_second(function()
        refresh(copies)
    end)
    addAction(NotRule(PoolAvailableRule(options.pool or '')), LuaFFIAction(function(dq)
        return answer(copies, dq) and DNSAction.HeaderModify or DNSAction.None
    end))
    if options.silence then
        each_second(watch_silence(copies, options.silence))
    end
    addResponseAction(OrRule({RCodeRule(DNSRCode.SERVFAIL), RCodeRule(DNSRCode.REFUSED), RCodeRule(DNSRCode.NOTIMP)}),
        LuaFFIResponseAction(function(dr)
            answer(copies, dr)
            return DNSResponseAction.None
        end))
end
