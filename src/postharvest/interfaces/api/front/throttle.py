"""So many orders a buyer and minute, whatever address he comes from: a village shares one."""

from collections import OrderedDict, deque

LARGEST = 60
WINDOW_S = 60.0
REMEMBERED = 100_000


class Throttle:
    """Counts requests by buyer in a sliding window."""

    def __init__(self, *, largest: int = LARGEST, window_s: float = WINDOW_S) -> None:
        self._largest, self._window_s = largest, window_s
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def admits(self, buyer: str, *, at_s: float) -> bool:
        """Note a request at a time and say whether it may go on."""
        times = self._seen.setdefault(buyer, deque())
        self._seen.move_to_end(buyer)
        while times and times[0] <= at_s - self._window_s:
            times.popleft()
        if len(times) >= self._largest:
            return False
        times.append(at_s)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True
