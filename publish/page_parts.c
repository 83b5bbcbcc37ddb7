#include "publish/page_parts.h"

/* A file of publish/page, octet for octet, by the assembler. */
#define PART(name, file)                                                                           \
    __asm__(".pushsection .rodata\n" #name "_begin:\n.incbin \"" GITDNS_PAGE "/" file "\"\n" #name \
            "_end:\n.popsection\n.globl " #name "_begin, " #name "_end\n.hidden " #name            \
            "_begin, " #name "_end");                                                              \
    extern const char name##_begin[], name##_end[]

PART(page_html, "page.html");
PART(page_style, "style.css");
PART(page_plot, "plot.js");
PART(page_script, "page.js");
PART(page_worker, "worker.js");

struct page_part page_part(enum page_part_name name)
{
    static const struct {
        const char *from, *to;
    } part[] = {
        [PAGE_HTML] = {page_html_begin, page_html_end},
        [PAGE_STYLE] = {page_style_begin, page_style_end},
        [PAGE_PLOT] = {page_plot_begin, page_plot_end},
        [PAGE_SCRIPT] = {page_script_begin, page_script_end},
        [PAGE_WORKER] = {page_worker_begin, page_worker_end},
    };

    return (struct page_part){part[name].from, (size_t)(part[name].to - part[name].from)};
}
