#include "outage/forced.h"
#include "base/clock.h"
#include "copy/board_write.h"
#include "outage/gates.h"

void forced_set(struct forced *forced, const struct control *control, _Atomic uint32_t *board)
{
    int64_t ends = clock_ms(CLOCK_REALTIME) / 1000 + control->seconds;

    forced->is = control->forced;
    forced->until = clock_ms(CLOCK_BOOTTIME) + (int64_t)control->seconds * 1000;
    board_set(board, BOARD_WORD_DRILL, 0);
    board_set(board, BOARD_WORD_DRILL_ENDS, forced->is == BOARD_DRILL ? (uint32_t)ends : 0);
    board_set(board, BOARD_WORD_FORCED, forced->is);
}

bool forced_renew(const struct forced *forced, _Atomic uint32_t *board, int64_t now)
{
    bool drill = forced->is == BOARD_DRILL;
    uint32_t until = (uint32_t)(now / 1000) + (drill ? FORCED_DRILL_LEASE : GATES_LEASE);

    if (!forced_out(forced))
        return false;
    board_set(board, BOARD_WORD_DRILL, drill ? until : 0);
    board_set(board, BOARD_WORD_EVERYTHING, until);
    return true;
}

bool forced_has_ended(const struct forced *forced)
{
    return forced->is == BOARD_DRILL && clock_ms(CLOCK_BOOTTIME) >= forced->until;
}
