from shop.tax import with_tax


class Cart:
    def __init__(self):
        self.items = []

    def add(self, price, count=1):
        self.items.append((price, count))

    def total(self):
        result = 0
        for price, count in self.items:
            result += price
        return with_tax(result)
