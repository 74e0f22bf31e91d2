import unittest

from shop.bill import bill
from shop.cart import Cart


class CartTest(unittest.TestCase):
    def test_total(self):
        cart = Cart()
        cart.add(10, 3)
        self.assertEqual(cart.total(), 36)

    def test_bill(self):
        self.assertEqual(bill([5]), 12)
