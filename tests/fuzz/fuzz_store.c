/* A store of arbitrary octets behind the module's entry points, into buffers of any length and
 * alignment, after any h_errno; and behind the walk that verifies it.
 *
 * An input is a head (struct store_head) and the store's octets. The mutator makes most of them
 * from a store that is whole: other octets in one record's value, another length, another pointer
 * in the index. tinycdb is not instrumented, so a mapping is made to end where the next page cannot
 * be read: mmap, mprotect and munmap are wrapped (CMakeLists.txt).
 */
#include "tests/fuzz/fuzz_store.h"
#include "base/error.h"
#include "copy/store_verify.h"
#include "nss_gitdns/entry.c"
#include "nss_gitdns/gitdns.c"
#include "registry/name.h"
#include "tests/fuzz/fuzz.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFER_MAX 4096
#define MARGIN 32
#define CANARY 0x5a
#define TTL_UNTOUCHED (-4711)

#define REGIONS_MAX 8

/* tinycdb may have been built to call either. */
void *__real_mmap64(void *address, size_t len, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *address, size_t len);
int __real_mprotect(void *address, size_t len, int protection);
void *__wrap_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *address, size_t len, int protection, int flags, int fd, off_t offset);
int __wrap_munmap(void *address, size_t len);
int __wrap_mprotect(void *address, size_t len, int protection);

/* Where files are mapped, each with a page behind it that cannot be read. */
static struct region {
    char *start, *file, *asked; /* asked: what was to be replaced by the mapping */
    size_t octets;
} regions[REGIONS_MAX];

static struct region *region_of(const char *file)
{
    for (int i = 0; i < REGIONS_MAX; i++)
        if (regions[i].file == file)
            return &regions[i];
    return NULL;
}

/* Not the file, but its octets up to the last before that page. */
void *__wrap_mmap64(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (len + page - 1) / page * page;
    struct region *region = region_of(NULL);

    if (fd < 0) {
        for (int i = 0; (flags & MAP_FIXED) != 0 && i < REGIONS_MAX; i++)
            if (regions[i].file != NULL && regions[i].asked == address)
                __wrap_munmap(regions[i].file, len);
        return __real_mmap64(address, len, protection, flags, fd, offset);
    }
    require(region != NULL, "no more mappings than slots");
    region->octets = whole + page;
    region->asked = address;
    region->start = __real_mmap64(NULL, region->octets, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(region->start != MAP_FAILED, "memory");
    require(__real_mprotect(region->start + whole, page, PROT_NONE) == 0, "memory");
    region->file = region->start + whole - len;
    require(pread(fd, region->file, len, offset) == (ssize_t)len, "file");
    return region->file;
}

void *__wrap_mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    return __wrap_mmap64(address, len, protection, flags, fd, offset);
}

/* A file's octets, which begin anywhere in a page, can be read already. */
int __wrap_mprotect(void *address, size_t len, int protection)
{
    return region_of(address) != NULL ? 0 : __real_mprotect(address, len, protection);
}

int __wrap_munmap(void *address, size_t len)
{
    struct region *region = region_of(address);

    if (region == NULL)
        return __real_munmap(address, len);
    region->file = NULL;
    return __real_munmap(region->start, region->octets);
}

static int store_fd, after_dns_fd, alone_fd;
static char folder[32], store_path[64], after_dns_path[32], alone_path[32], resolv_conf_path[32];

static int make_file(const char *octets, char *path)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    require(fd >= 0 && write(fd, octets, strlen(octets)) == (ssize_t)strlen(octets), "file");
    sprintf(path, "/proc/self/fd/%d", fd);
    return fd;
}

static void remove_store(void)
{
    unlink(store_path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    mutator_open();
    /* The module follows no link to it. */
    strcpy(folder, "/tmp/gitdns-fuzz-XXXXXX");
    require(mkdtemp(folder) != NULL, "folder");
    snprintf(store_path, sizeof store_path, "%s/" STORE_FILE, folder);
    store_fd = open(store_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    require(store_fd >= 0 && atexit(remove_store) == 0, "file");
    after_dns_fd = make_file("hosts: files dns gitdns\n", after_dns_path);
    alone_fd = make_file("hosts: files gitdns\n", alone_path);
    make_file("search example.org a.b\n", resolv_conf_path);
    return 0;
}

/* A question, and the caller's memory for its answer. */
struct call {
    const char *name;
    int entry; /* 4: gethostbyname4_r, 1: gethostbyname_r, ... */
    int family;
    char memory[MARGIN + 16 + BUFFER_MAX + MARGIN];
    char *buffer;
    size_t buflen;
    struct hostent host;
    struct gaih_addrtuple tuple, *pat;
    char *canonical, **canonp;
    int32_t ttl, *ttlp;
    int error, h_error;
};

static void prepare(struct call *call, const struct store_head *head, const char *name, int entry,
                    size_t buflen)
{
    static const int standing[] = {
        NETDB_SUCCESS, TRY_AGAIN, NETDB_INTERNAL, HOST_NOT_FOUND, NO_DATA,
        NO_RECOVERY,   17,        TRY_AGAIN};
    static const int errors[] = {0, EAGAIN, EBUSY, EMFILE, EMSGSIZE, ENOENT, 4711, ENOENT};

    memset(call, CANARY, sizeof *call);
    call->name = name;
    call->entry = entry;
    call->family = head->family % 4 == 0   ? head->family
                   : head->family % 4 == 1 ? AF_INET6
                                           : AF_INET;
    if (entry == 1)
        call->family = AF_INET;
    call->buffer = call->memory + MARGIN + head->alignment % 16;
    call->buflen = buflen;
    call->pat = head->given & 1 ? &call->tuple : NULL;
    call->canonical = NULL;
    call->canonp = head->given & 4 ? &call->canonical : NULL;
    call->ttl = TTL_UNTOUCHED;
    call->ttlp = head->given & 2 ? &call->ttl : NULL;
    call->error = errors[head->standing / 8 % 8];
    call->h_error = standing[head->standing % 8];
    errno = call->error;
}

static enum nss_status enter(struct call *c)
{
    switch (c->entry) {
    case 1:
        return _nss_gitdns_gethostbyname_r(c->name, &c->host, c->buffer, c->buflen, &c->error,
                                           &c->h_error);
    case 2:
        return _nss_gitdns_gethostbyname2_r(c->name, c->family, &c->host, c->buffer, c->buflen,
                                            &c->error, &c->h_error);
    case 3:
        return _nss_gitdns_gethostbyname3_r(c->name, c->family, &c->host, c->buffer, c->buflen,
                                            &c->error, &c->h_error, c->ttlp, c->canonp);
    default:
        return _nss_gitdns_gethostbyname4_r(c->name, &c->pat, c->buffer, c->buflen, &c->error,
                                            &c->h_error, c->ttlp);
    }
}

static void check_within(const struct call *call, const void *object, size_t octets)
{
    const char *at = object;

    require(at >= call->buffer && at + octets <= call->buffer + call->buflen, "in the buffer");
}

/* A name in the buffer: what was asked for, or one that a store may hold. */
static void check_name(const struct call *call, const char *string)
{
    size_t len;

    check_within(call, string, 1);
    len = strnlen(string, (size_t)(call->buffer + call->buflen - string));
    check_within(call, string, len + 1);
    require(strcmp(string, call->name) == 0 || name_check(string, len) == 0, "a name");
}

static void check_hostent(const struct call *call)
{
    const struct hostent *h = &call->host;
    size_t octets = call->family == AF_INET6 ? 16 : 4, count;

    require(h->h_addrtype == call->family && h->h_length == (int)octets, "family");
    check_name(call, h->h_name);
    for (count = 0;
         check_within(call, &h->h_aliases[count], sizeof(char *)), h->h_aliases[count] != NULL;
         count++)
        check_name(call, h->h_aliases[count]);
    require(count <= 1, "aliases");
    for (count = 0;
         check_within(call, &h->h_addr_list[count], sizeof(char *)), h->h_addr_list[count] != NULL;
         count++)
        check_within(call, h->h_addr_list[count], octets);
    require(count >= 1 && count <= ADDRESSES_MAX, "addresses");
}

static void check_tuples(const struct call *call)
{
    size_t count = 0;

    for (const struct gaih_addrtuple *tuple = call->pat; tuple != NULL; tuple = tuple->next) {
        if (tuple != &call->tuple)
            check_within(call, tuple, sizeof *tuple);
        require(tuple->family == AF_INET || tuple->family == AF_INET6, "family");
        check_name(call, tuple->name);
        require(++count <= ADDRESSES_MAX, "addresses");
    }
    require(count >= 1, "addresses");
}

/* Nothing is said, and what stood before us is what stands. */
/* What stood, stands; `error` is what of errno is taken for this look-up's. */
static bool stands(const struct call *call, const struct call *before, enum nss_status status,
                   int error)
{
    int h_error = before->h_error;
    enum nss_status expected = nss_status_of(OUTCOME_PASS, &error, &h_error);

    if (error == 0)
        error = before->error;
    return status == expected && call->error == error && call->h_error == h_error;
}

static void check_failure(const struct call *call, const struct call *before,
                          enum nss_status status)
{
    require(memcmp(&call->host, &before->host, sizeof call->host) == 0, "hostent untouched");
    require(memcmp(&call->tuple, &before->tuple, sizeof call->tuple) == 0, "tuple untouched");
    require(call->pat == before->pat || call->pat == &call->tuple, "pat untouched");
    require(call->ttl == TTL_UNTOUCHED && call->canonical == NULL, "nothing touched");
    if (status == NSS_STATUS_TRYAGAIN && call->error == ERANGE) {
        require(call->h_error == NETDB_INTERNAL, "too small");
        return;
    }
    require(stands(call, before, status, before->error) ||
                (before->error == EBUSY && stands(call, before, status, 0)),
            "as if we were not there");
}

/* One call and all that must hold of it, whatever the store is. */
static enum nss_status ask_and_check(const struct store_head *head, const char *name, int entry,
                                     size_t buflen)
{
    static struct call before, call;
    enum nss_status status;

    prepare(&before, head, name, entry, buflen);
    prepare(&call, head, name, entry, buflen);
    status = enter(&call);
    require(errno == before.error, "errno is touched through errnop alone");
    for (const char *p = call.memory; p < call.buffer; p++)
        require(*p == CANARY, "nothing in front of the buffer");
    for (const char *p = call.buffer + buflen; p < call.memory + sizeof call.memory; p++)
        require(*p == CANARY, "nothing behind the buffer");
    if (status != NSS_STATUS_SUCCESS) {
        check_failure(&call, &before, status);
        return status;
    }
    require(call.h_error == NETDB_SUCCESS && call.error == before.error, "success");
    if (entry == 4)
        check_tuples(&call);
    else
        check_hostent(&call);
    return status;
}

/* Every entry point with the buffer that the head wants, and then with the smallest that does. */
static void ask_all(const char *name, const struct store_head *head)
{
    size_t buflen = (size_t)(head->buflen[0] | head->buflen[1] << 8) % (BUFFER_MAX + 1);

    for (int entry = 1; entry <= 4; entry++) {
        size_t small = 0, enough = buflen;

        if (ask_and_check(head, name, entry, buflen) != NSS_STATUS_SUCCESS)
            continue;
        while (small < enough) {
            size_t middle = (small + enough) / 2;

            if (ask_and_check(head, name, entry, middle) == NSS_STATUS_SUCCESS)
                enough = middle;
            else
                small = middle + 1;
        }
    }
}

/* The name that the head asks for, as a string of its own; the caller frees. */
static char *name_of(const struct store_head *head, const uint8_t *octets, size_t size)
{
    unsigned wanted = (unsigned)(head->name[0] << 8 | head->name[1]), at = 2048, len = 0;
    char *name = malloc(1024);

    require(name != NULL, "memory");
    if (wanted >= 0xff00) {
        memcpy(name, head->text, sizeof head->text);
        len = sizeof head->text;
    }
    for (wanted %= 32; len == 0 && at + 8 <= size; wanted--) {
        unsigned key_len = cdb_unpack(octets + at), value_len = cdb_unpack(octets + at + 4);

        if (key_len > 1000 || key_len > size - at - 8)
            break;
        if (wanted == 0) {
            memcpy(name, octets + at + 8, key_len);
            len = key_len;
        }
        at += 8 + key_len;
        if (value_len > size - at)
            break;
        at += value_len;
    }
    if (head->form & 1)
        for (unsigned i = 0; i < len; i++)
            if (name[i] >= 'a' && name[i] <= 'z' && head->form >> (i % 6 + 2) & 1)
                name[i] = (char)(name[i] - 'a' + 'A');
    if (head->form & 2)
        name[len++] = '.';
    name[len] = '\0';
    return realloc(name, strlen(name) + 1);
}

static void verify(void)
{
    char text[MANIFEST_MAX_OCTETS];
    struct manifest manifest;
    struct keys keys = {.count = 0};
    struct store store;
    size_t len = 0;

    if (store_open(&store, store_path) < 0)
        return;
    require(region_of((const char *)store.cdb.cdb_mem) != NULL, "the mapping is ours");
    if (store_manifest(&store, text, &len, &manifest) < 0)
        manifest = (struct manifest){.names = 1};
    require(store_verify_text(&store, &manifest) <= 0, "code");
    require(store_verify_signature(&store, text, len, &manifest, &keys) < 0, "no key");
    store_unmap(&store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store_head head;
    char *name;

    if (size < sizeof head)
        return 0;
    memcpy(&head, data, sizeof head);
    data += sizeof head;
    size -= sizeof head;
    cache_close(&module.cache);
    require(ftruncate(store_fd, 0) == 0 && pwrite(store_fd, data, size, 0) == (ssize_t)size,
            "file");
    lookup_gitdns_open(&module, folder, head.given & 8 ? alone_path : after_dns_path,
                       resolv_conf_path);
    name = name_of(&head, data, size);
    ask_all(name, &head);
    free(name);
    verify();
    return 0;
}
